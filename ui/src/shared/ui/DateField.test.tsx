import { QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { installMock } from '../../bridge/mock';
import { cache } from '../cache';
import { dateStep, shiftDate } from '../dateText';
import { DateField } from './DateField';

function show(onCommit = vi.fn(), value = '') {
  cleanup();
  render(
    <QueryClientProvider client={cache}>
      <DateField label="生年月日" withAge value={value} onCommit={onCommit} />
    </QueryClientProvider>,
  );
  return onCommit;
}

beforeEach(() => installMock());

describe('the date field', () => {
  it('shows how a text reads while it is typed', async () => {
    show();
    await userEvent.type(screen.getByLabelText('生年月日'), 'S35.1.8');
    expect(await screen.findByText(/昭和35年1月8日（1960\/1\/8） 66歳/)).toBeTruthy();
  });

  it('hands over the text as it was typed, with the day it means', async () => {
    const commit = show();
    await userEvent.type(screen.getByLabelText('生年月日'), 'S35.1.8{Enter}');
    await vi.waitFor(() => expect(commit).toHaveBeenCalledWith('S35.1.8', '1960-01-08'));
  });

  it('takes a date that is only roughly known', async () => {
    const commit = show();
    await userEvent.type(screen.getByLabelText('生年月日'), '60代');
    await userEvent.tab();
    await vi.waitFor(() => expect(commit).toHaveBeenCalledWith('60代', undefined));
  });

  it('offers the day of a number of Excel, and hands it over only when it is taken', async () => {
    const commit = show();
    await userEvent.type(screen.getByLabelText('生年月日'), '21923');
    const offer = await screen.findByRole('button', { name: /昭和35年1月8日（1960\/1\/8）/ });
    expect(commit).not.toHaveBeenCalled();
    await userEvent.click(offer);
    await vi.waitFor(() => expect(commit).toHaveBeenCalledWith('1960/01/08', '1960-01-08'));
    expect(commit).toHaveBeenCalledTimes(1);
    expect(screen.getByLabelText<HTMLInputElement>('生年月日').value).toBe('1960/01/08');
  });

  it('hands over a number of Excel as it was typed when the offer is left', async () => {
    const commit = show();
    await userEvent.type(screen.getByLabelText('生年月日'), '21923');
    await screen.findByRole('button', { name: /1960/ });
    await userEvent.tab();
    expect(commit).not.toHaveBeenCalled();
    await userEvent.tab();
    await vi.waitFor(() => expect(commit).toHaveBeenCalledWith('21923', undefined));
  });

  it('moves by days and months with the arrow and page keys', async () => {
    show(vi.fn(), '2026-03-31');
    const field = screen.getByLabelText<HTMLInputElement>('生年月日');
    await screen.findByText(/2026\/3\/31/);
    await act(async () => field.focus());
    await userEvent.keyboard('{ArrowUp}');
    expect(field.value).toBe('2026-04-01');
  });
});

describe('a step in the calendar', () => {
  it('keeps to the end of a shorter month', () => {
    expect(shiftDate('2026-01-31', { months: 1 })).toBe('2026-02-28');
    expect(shiftDate('2024-01-31', { months: 1 })).toBe('2024-02-29');
  });

  it('crosses years', () => {
    expect(shiftDate('2026-12-31', { days: 1 })).toBe('2027-01-01');
    expect(dateStep('PageDown')).toEqual({ months: -1 });
    expect(dateStep('a')).toBeUndefined();
  });
});
