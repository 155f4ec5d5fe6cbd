/** A space's name as that of a file: what no system takes in a name is left out of it. */
export function fileName(name: string): string {
  return (
    name
      .replace(/[\p{Cc}<>:"/\\|?*]+/gu, ' ')
      .replace(/^[\s.]+|[\s.]+$/g, '')
      .slice(0, 80) || 'Cove'
  );
}
