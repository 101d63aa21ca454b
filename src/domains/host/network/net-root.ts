/** Where the network files are. */

/**
 * `/proc/net` is the reader's own network namespace. With another `proc_root` the reader sits in a container and the host is asked
 * for: its namespace is that of its first process.
 */
export function netRoot(procRoot: string): string {
  return procRoot === "/proc" ? "/proc/net" : `${procRoot}/1/net`;
}
