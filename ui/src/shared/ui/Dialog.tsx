import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface Props {
  title: string;
  titleHidden?: boolean;
  isOpen: boolean;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A window over the screen; Esc and a click beside it close it, and nothing typed in it is lost by that. */
export function Dialog({ title, titleHidden = false, isOpen, wide = false, onClose, children }: Props) {
  return (
    <ModalOverlay
      className="modal-veil"
      isOpen={isOpen}
      isDismissable
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
