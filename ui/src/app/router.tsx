import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  useNavigate,
  useParams,
  useSearch,
} from '@tanstack/react-router';

import { asErrorView } from '../bridge';
import { Assessment, Standing } from '../features/assessment';
import { Audit } from '../features/audit';
import { Exchange } from '../features/exchange';
import { Away, HandoverLines, Handovers } from '../features/handover';
import { Household, HouseholdHistory, Overview, Rounds, Timeline } from '../features/household';
import { HouseholdList } from '../features/household-list';
import { IntakeList, IntakePage } from '../features/intake';
import { Members } from '../features/member';
import { NotePage } from '../features/note';
import { Access } from '../features/restricted';
import { Settings } from '../features/settings';
import { Today } from '../features/today';
import { TwoViews } from '../features/two-views';
import { useWords } from '../i18n';
import { Button, ErrorNote } from '../shared/ui';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell });

const today = createRoute({ getParentRoute: () => root, path: '/', component: Today });
const intakes = createRoute({ getParentRoute: () => root, path: '/intakes', component: IntakeList });
const intake = createRoute({
  getParentRoute: () => root,
  path: '/intakes/$intakeId',
  component: function IntakeRoute() {
    const { intakeId } = useParams({ from: '/intakes/$intakeId' });
    return <IntakePage key={intakeId} id={intakeId} />;
  },
});
const households = createRoute({ getParentRoute: () => root, path: '/households', component: HouseholdList });

/** One household; `asOf` shows every page of it as it was known at the end of that day. */
const household = createRoute({
  getParentRoute: () => root,
  path: '/households/$householdId',
  validateSearch: (search: Record<string, unknown>): { asOf?: string; attachment?: string } => ({
    ...(typeof search.asOf === 'string' && /^\d{4}-\d\d-\d\d$/.test(search.asOf) ? { asOf: search.asOf } : {}),
    ...(typeof search.attachment === 'string' ? { attachment: search.attachment } : {}),
  }),
  component: function HouseholdRoute() {
    const { householdId } = useParams({ from: '/households/$householdId' });
    const { asOf } = useSearch({ from: '/households/$householdId' });
    return <Household key={householdId} id={householdId} asOf={asOf} />;
  },
});
const overview = createRoute({
  getParentRoute: () => household,
  path: '/',
  component: () => <Overview members={<Members />} standing={<Standing />} handovers={<HandoverLines />} />,
});
const members = createRoute({
  getParentRoute: () => household,
  path: 'members',
  component: () => <Members whole />,
});
const timeline = createRoute({ getParentRoute: () => household, path: 'notes', component: Timeline });
const note = createRoute({
  getParentRoute: () => household,
  path: 'notes/$noteId',
  validateSearch: (search: Record<string, unknown>): { method?: string; memo?: string } => ({
    ...(typeof search.method === 'string' ? { method: search.method } : {}),
    ...(typeof search.memo === 'string' ? { memo: search.memo } : {}),
  }),
  component: NotePage,
});
const rounds = createRoute({ getParentRoute: () => household, path: 'rounds', component: Rounds });
const round = createRoute({
  getParentRoute: () => household,
  path: 'rounds/$roundId',
  component: function RoundRoute() {
    const { roundId } = useParams({ from: '/households/$householdId/rounds/$roundId' });
    const { asOf } = useSearch({ from: '/households/$householdId/rounds/$roundId' });
    return <Assessment key={`${roundId} ${asOf ?? ''}`} id={roundId} asOf={asOf} />;
  },
});
const history = createRoute({ getParentRoute: () => household, path: 'history', component: HouseholdHistory });
const access = createRoute({ getParentRoute: () => household, path: 'access', component: Access });
const householdTwoViews = createRoute({
  getParentRoute: () => household,
  path: 'two-views',
  component: function HouseholdTwoViews() {
    const { householdId } = useParams({ from: '/households/$householdId/two-views' });
    return <TwoViews householdId={householdId} />;
  },
});
const twoViews = createRoute({ getParentRoute: () => root, path: '/two-views', component: () => <TwoViews /> });
const handovers = createRoute({ getParentRoute: () => root, path: '/handovers', component: Handovers });
const away = createRoute({
  getParentRoute: () => root,
  path: '/away/$coverId',
  component: function AwayRoute() {
    const { coverId } = useParams({ from: '/away/$coverId' });
    return <Away key={coverId} id={coverId} />;
  },
});
/** `to` names the part of the page that somebody came for. */
const exchange = createRoute({
  getParentRoute: () => root,
  path: '/exchange',
  validateSearch: (search: Record<string, unknown>): { to?: 'devices' | 'cosign' } =>
    search.to === 'devices' || search.to === 'cosign' ? { to: search.to } : {},
  component: Exchange,
});
const audit = createRoute({ getParentRoute: () => root, path: '/audit', component: Audit });
const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: Settings });

const tree = root.addChildren([
  today,
  intakes,
  intake,
  households,
  household.addChildren([overview, members, timeline, note, rounds, round, history, access, householdTwoViews]),
  twoViews,
  handovers,
  away,
  exchange,
  audit,
  settings,
]);

export const router = createRouter({
  routeTree: tree,
  history: createHashHistory(),
  defaultErrorComponent: function Failed({ reset }) {
    const { t } = useWords();
    return (
      <div className="page stack">
        <ErrorNote error={asErrorView(undefined)} />
        <div className="row">
          <Button onPress={reset}>{t('error.again')}</Button>
        </div>
      </div>
    );
  },
  defaultNotFoundComponent: function NotFound() {
    const navigate = useNavigate();
    void navigate({ to: '/', replace: true });
    return null;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
