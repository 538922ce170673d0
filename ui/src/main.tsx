import '@fontsource/biz-udpgothic/400.css';
import '@fontsource/biz-udpgothic/700.css';
// For the characters of names that BIZ UDPGothic lacks, as 𠮷.
import '@fontsource/noto-sans-jp/400.css';
import './shared/base.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { onLeaving, onTouched } from './bridge';
import { refresh } from './shared/cache';
import { keepAll } from './shared/pending';

// In a plain browser there is no core: an in-memory one stands in. Never part of a build.
if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
  const { installMock } = await import('./bridge/mock');
  installMock();
}

onTouched(refresh);
onLeaving(keepAll);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
