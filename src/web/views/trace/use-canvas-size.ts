/** The size of an element in CSS pixels, while it is there. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

export interface PxSize {
  readonly width: number;
  readonly height: number;
}

/** 0 by 0 before it is laid out. */
export function useCanvasSize(element: RefObject<HTMLElement>): ReadonlySignal<PxSize> {
  const size = useSignal<PxSize>({ width: 0, height: 0 });
  useEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const read = (): void => {
      const { clientWidth: width, clientHeight: height } = watched;
      if (width !== size.peek().width || height !== size.peek().height) size.value = { width, height };
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return size;
}
