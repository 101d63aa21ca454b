/** Whether somebody still waits for an answer. An `AbortSignal` is one, and `io/rpc.ts` carries it into another thread. */
export interface Cancellation {
  /** True from the moment on when nobody waits any more. Cheap to ask often. */
  readonly aborted: boolean;
}
