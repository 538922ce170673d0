import { type RefObject, useEffect, useRef } from 'react';

/** The heading of a part of a page, in focus where somebody was sent to that part. */
export function useArrival(isSentHere: boolean): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isSentHere) {
      return;
    }
    // After the frame has put the page to its beginning.
    const timer = setTimeout(() => heading.current?.focus());
    return () => clearTimeout(timer);
  }, [isSentHere]);
  return heading;
}
