import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Every web view we meet reads woff2; the older format beside it would double the size of the program. */
const woff2Only = {
  name: 'woff2-only',
  enforce: 'pre' as const,
  transform: (code: string, id: string) =>
    id.includes('@fontsource') ? code.replaceAll(/, url\([^)]*\.woff\) format\('woff'\)/g, '') : undefined,
};

export default defineConfig({
  plugins: [woff2Only, react()],
  build: {
    // The oldest web view we meet: WebKitGTK 2.50 and WebView2.
    target: ['es2022', 'safari16'],
    // The content security policy allows no `data:` fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  // The stand-in for the core reads the real packs and lists; only in a plain browser.
  server: { fs: { allow: ['..'] } },
  test: { environment: 'jsdom', passWithNoTests: true, testTimeout: 20_000 },
});
