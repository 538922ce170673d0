import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, it } from 'vitest';

import { router } from './router';
import { startApp } from './testing';

afterEach(cleanup);

describe('the renewal of keys', () => {
  it('names who is late, and is done at once by hand', async () => {
    startApp();
    await router.navigate({ to: '/settings' });
    await screen.findByRole('heading', { name: '鍵の更新' });
    await screen.findByText(/鈴木 一郎。この端末の利用者に/);
    await screen.findByText(/事務所全体: 第2世代/);
    fireEvent.click(screen.getByRole('button', { name: 'いま更新する' }));
    await screen.findByText(/鍵を更新しました/);
  });
});
