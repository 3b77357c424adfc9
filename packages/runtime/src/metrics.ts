import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type { Counter, Gauge, Histogram }

export type MetricSpec<L extends string> = {
  name: string
  help: string
  /** Few values each: never an id, a number or a text. */
  labelNames?: readonly L[]
}

export type GaugeSpec<L extends string> = MetricSpec<L> & {
  /** Asked at each scrape; sets the gauge it is given. */
  collect?: (gauge: Gauge<L>) => void | Promise<void>
}

export type HistogramSpec<L extends string> = MetricSpec<L> & {
  /** Upper bounds, ascending, in the unit that the name ends in. */
  buckets: readonly number[]
}

export type Metrics = {
  counter<const L extends string = never>(spec: MetricSpec<L>): Counter<L>
  gauge<const L extends string = never>(spec: GaugeSpec<L>): Gauge<L>
  histogram<const L extends string = never>(spec: HistogramSpec<L>): Histogram<L>
  /** The page that Prometheus reads, in `contentType`. */
  text(): Promise<string>
  contentType: string
}

/** Metrics of one process, in a registry of their own: prom-client's global one would join those of every test. */
export const createMetrics = ({ withProcessMetrics = false }: { withProcessMetrics?: boolean } = {}): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  if (withProcessMetrics) collectDefaultMetrics({ register: registry })

  return {
    counter: ({ name, help, labelNames = [] }) => new Counter({ name, help, labelNames, registers }),
    gauge: ({ name, help, labelNames = [], collect }) => {
      const gauge = new Gauge({
        name,
        help,
        labelNames,
        registers,
        ...(collect === undefined ? {} : { collect: (): void | Promise<void> => collect(gauge) }),
      })
      return gauge
    },
    histogram: ({ name, help, labelNames = [], buckets }) =>
      new Histogram({ name, help, labelNames, buckets: [...buckets], registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
