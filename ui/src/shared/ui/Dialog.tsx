import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface Props {
  title: string;
  titleHidden?: boolean;
  isOpen: boolean;
  wide?: boolean;
  /** A click beside it does nothing: what was typed or shown in it would be lost. */
  stays?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A window over the screen; Esc closes it, and so does a click beside it unless it `stays`. */
export function Dialog({ title, titleHidden = false, isOpen, wide = false, stays = false, onClose, children }: Props) {
  return (
    <ModalOverlay
      className="modal-veil"
      isOpen={isOpen}
      isDismissable={!stays}
      onOpenChange={(open) => {
        if (!open) {
          onClose();
        }
      }}
    >
      <Modal className={wide ? 'modal modal-wide' : 'modal'}>
        <AriaDialog className="dialog">
          <Heading slot="title" level={2} className={titleHidden ? 'visually-hidden' : ''}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
