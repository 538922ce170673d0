import { type CompositionEvent, useRef } from 'react';

import { committed, nothingCaught, shown } from './kana';

export interface CompositionHandlers {
  onCompositionStart: () => void;
  onCompositionUpdate: (event: CompositionEvent) => void;
  onCompositionEnd: (event: CompositionEvent) => void;
}

/** Handlers for a name's field; `tell` hears the reading of each piece that the input method commits. */
export function useKana(tell: (reading: string) => void): CompositionHandlers {
  const caught = useRef(nothingCaught);
  return {
    onCompositionStart: () => {
      caught.current = nothingCaught;
    },
    onCompositionUpdate: (event) => {
      caught.current = shown(caught.current, event.data);
    },
    onCompositionEnd: (event) => {
      const reading = committed(caught.current, event.data);
      if (reading !== '') {
        tell(reading);
      }
    },
  };
}
