import './shared/base.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { onLeaving, onTouched } from './bridge';
import { refresh } from './shared/cache';
import { flushAll } from './shared/pending';

// In a plain browser there is no core: an in-memory one stands in. Never part of a build.
if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
  const { installMock } = await import('./bridge/mock');
  installMock();
}

onTouched(refresh);
onLeaving(flushAll);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
