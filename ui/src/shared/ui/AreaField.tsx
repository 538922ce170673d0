import { useWords } from '../../i18n';
import { useRead } from '../cache';
import { AutosaveField } from './AutosaveField';

interface Props {
  value: string | undefined;
  version: string;
  save: (value: string, base: string) => Promise<{ version: string } | undefined>;
}

/** 圏域: what others wrote is offered, so that one area does not get three names. */
export function AreaField({ value, version, save }: Props) {
  const { t } = useWords();
  const areas = useRead('area.list', {}, ['households', 'intakes']).data?.items ?? [];
  return (
    <AutosaveField
      label={t('intake.area')}
      value={value ?? ''}
      version={version}
      placeholder={t('intake.areaHint')}
      suggestions={areas}
      save={save}
    />
  );
}
