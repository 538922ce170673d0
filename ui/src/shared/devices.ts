import type { DeviceView } from '../bridge';
import { useWords } from '../i18n';

/** What a device is called: by who works with it, and by its number where somebody works with several. */
export function useDeviceName(devices: readonly DeviceView[]): (device: DeviceView) => string {
  const { t } = useWords();
  return (device) => {
    const name = device.worker.name === '' ? t('devices.unknown') : device.worker.name;
    const same = devices.filter((other) => other.worker.name === device.worker.name);
    return same.length > 1 ? `${name}（${t('devices.short', { id: device.id.slice(0, 4) })}）` : name;
  };
}
