import { useRouter } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';

/** The heading of a part of a page, in focus where somebody was sent to that part: each time, also from the page itself. */
export function useArrival(isSentHere: boolean): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const router = useRouter();
  useEffect(() => {
    if (!isSentHere) {
      return;
    }
    let timer = 0;
    const arrive = () => {
      clearTimeout(timer);
      // After the frame has put the page to its beginning.
      timer = window.setTimeout(() => heading.current?.focus());
    };
    arrive();
    // Whoever is here and is sent here again changes no address.
    const stop = router.subscribe('onBeforeLoad', (event) => {
      if (!event.hrefChanged) {
        arrive();
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [isSentHere, router]);
  return heading;
}
