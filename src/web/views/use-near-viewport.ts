/** Work only for what is seen: charts and tables far from the viewport neither ask nor draw. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** How far outside the viewport something is prepared, so that scrolling meets finished charts. */
const marginPx = 300;

export interface NearViewport {
  readonly ref: { current: HTMLDivElement | null };
  /** True while the element is in or near the viewport. */
  readonly near: boolean;
}

export function useNearViewport(): NearViewport {
  const ref = useRef<HTMLDivElement | null>(null);
  const [near, setNear] = useState(false);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    // The observer reports a frame later; what is seen at once must not wait for it.
    setNear(element.getBoundingClientRect().top < innerHeight + marginPx);
    const observer = new IntersectionObserver((seen) => setNear(seen.at(-1)?.isIntersecting === true), {
      rootMargin: `${marginPx}px`,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, near };
}
