/** Homes behind routers that translate addresses, around a network that plays the internet. */
import type { Cable, Computer, Lab } from './lab.ts';

/**
 * cone: one port outside for one port inside, whoever it speaks to, and only who was spoken to gets back in · symmetric:
 * another port for each · no-udp: as cone, but nothing gets out by UDP
 */
export type Nat = 'cone' | 'symmetric' | 'no-udp';

/** The addresses of the internet's side, from the ranges for documentation: nothing of ours takes them for a private network. */
const INTERNET = 'internet';

export const serverAddress = '203.0.113.10';
export const secondAddress = '203.0.113.11';

/** A server that everybody reaches, at two addresses. */
export async function internet(lab: Lab): Promise<Computer> {
  lab.network(INTERNET);
  const server = await lab.computer('server');
  for (const address of [serverAddress, secondAddress]) lab.connect(server, INTERNET, `${address}/24`);
  return server;
}

/** A computer without any router in between. */
export async function atTheInternet(lab: Lab, name: string): Promise<Computer> {
  const computer = await lab.computer(name);
  lab.connect(computer, INTERNET, '203.0.113.50/24');
  return computer;
}

/** The same where there is no IPv4: a server, and its address. */
export async function internetBySix(lab: Lab): Promise<[Computer, string]> {
  lab.network(INTERNET);
  const server = await lab.computer('server');
  lab.connect(server, INTERNET, '2001:db8::10/64');
  return [server, '2001:db8::10'];
}

/**
 * A computer behind so many routers, the innermost first. The provider's, if there is one, has a network that is neither
 * private nor the internet's (100.64.0.0/10).
 */
export async function home(lab: Lab, name: string, number: number, nats: readonly Nat[]): Promise<[Computer, Cable]> {
  const computer = await lab.computer(name);
  return [computer, await atHome(lab, computer, name, number, nats)];
}

/** The same for a computer that is there already; `name` is that of the place. */
export async function atHome(
  lab: Lab,
  computer: Computer,
  name: string,
  number: number,
  nats: readonly Nat[],
): Promise<Cable> {
  const inner = `${name}-home`;
  lab.network(inner);
  const cable = lab.connect(computer, inner, `192.168.${number}.2/24`);
  lab.gateway(computer, `192.168.${number}.1`);
  let inside = { network: inner, address: `192.168.${number}.1/24` };
  for (const [place, nat] of nats.entries()) {
    const last = place === nats.length - 1;
    const between = `${name}-net${place}`;
    if (!last) lab.network(between);
    const router = await lab.computer(`${name}-router${place}`);
    lab.connect(router, inside.network, inside.address);
    const outside = last ? [INTERNET, `203.0.113.${100 + number}/24`] : [between, `100.64.${number}.2/24`];
    const { device } = lab.connect(router, outside[0] as string, outside[1] as string);
    if (!last) lab.gateway(router, `100.64.${number}.1`);
    lab.rules(router, rulesOf(nat, device));
    lab.route(router, true);
    inside = { network: between, address: `100.64.${number}.1/24` };
  }
  return cable;
}

/** A computer on a network that nothing is passed on from: only what a program at the gateway does itself gets out. */
export async function behindAProxy(lab: Lab, name: string, number: number): Promise<[Computer, Cable, Computer]> {
  const computer = await lab.computer(name);
  const inner = `${name}-home`;
  lab.network(inner);
  const cable = lab.connect(computer, inner, `192.168.${number}.2/24`);
  const gateway = await lab.computer(`${name}-gateway`);
  lab.connect(gateway, inner, `192.168.${number}.1/24`);
  lab.connect(gateway, INTERNET, `203.0.113.${100 + number}/24`);
  lab.gateway(computer, `192.168.${number}.1`);
  return [computer, cable, gateway];
}

/** A computer with an IPv6 address alone, behind a router that lets in only what answers somebody. */
export async function homeBySix(lab: Lab, server: Computer, name: string, number: number): Promise<[Computer, Cable]> {
  const computer = await lab.computer(name);
  const [inner, prefix] = [`${name}-home`, `2001:db8:${number}::`];
  lab.network(inner);
  const cable = lab.connect(computer, inner, `${prefix}2/64`);
  lab.gateway(computer, `${prefix}1`);
  const router = await lab.computer(`${name}-router`);
  lab.connect(router, inner, `${prefix}1/64`);
  const { device } = lab.connect(router, INTERNET, `2001:db8::10${number}/64`);
  lab.rules(router, firewall('ip6', device));
  lab.route(router, true);
  lab.gateway(server, `2001:db8::10${number}`, `${prefix}/64`);
  for (const other of [1, 2])
    if (other !== number) lab.gateway(router, `2001:db8::10${other}`, `2001:db8:${other}::/64`);
  return [computer, cable];
}

/**
 * In the language of nft. Strangers are dropped before the router notes them: else a packet that comes too early takes
 * the port that the answer to it would have.
 */
function rulesOf(nat: Nat, outside: string): string {
  const noUdp = nat === 'no-udp' ? `oifname ${outside} meta l4proto udp drop` : '';
  return `
    table ip home {
      chain translate {
        type nat hook postrouting priority srcnat
        oifname ${outside} masquerade ${nat === 'symmetric' ? 'fully-random' : ''}
      }
    }
    ${firewall('ip', outside, noUdp)}
  `;
}

/** `besides`: rules for what goes out. Of IPv6 the packets that find a router have to come in, whoever begins. */
function firewall(family: 'ip' | 'ip6', outside: string, besides = ''): string {
  const finding = family === 'ip6' ? 'meta l4proto icmpv6 accept' : '';
  return `
    table ${family} wall {
      chain through {
        type filter hook forward priority filter
        ct state established,related accept
        iifname ${outside} drop
        ${besides}
      }
      chain itself {
        type filter hook input priority filter
        ct state established,related accept
        ${finding}
        iifname ${outside} drop
      }
    }
  `;
}
