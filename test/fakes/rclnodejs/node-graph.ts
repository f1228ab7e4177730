import type { RclEndpointInfo, RclNameAndTypes } from '../../../lib/ros/rcl.js';
import type { Endpoint } from './graph/endpoint.js';
import type { NodeCore } from './node-core.js';

/** Endpoints that belong to `name`, in the node's domain. */
export function endpointsOf(core: NodeCore, kind: Endpoint['kind'], name?: string): Endpoint[] {
  const found: Endpoint[] = [];
  for (const endpoint of core.graph.endpoints())
    if (
      endpoint.kind === kind &&
      endpoint.domain === core.domain &&
      (name ?? endpoint.name) === endpoint.name
    )
      found.push(endpoint);
  return found;
}

export function endpointInfo({ nodeName, nodeNamespace, type, qos }: Endpoint): RclEndpointInfo {
  return { node_name: nodeName, node_namespace: nodeNamespace, topic_type: type, qos_profile: qos };
}

export function namesAndTypes(endpoints: readonly Endpoint[]): RclNameAndTypes[] {
  const types = new Map<string, Set<string>>();
  for (const { name, type } of endpoints) types.set(name, (types.get(name) ?? new Set()).add(type));
  return [...types].sort().map(([name, found]) => ({ name, types: [...found].sort() }));
}

/** Actions are seen by their feedback topics, as in rcl_action. */
export function actionNamesAndTypes(core: NodeCore): RclNameAndTypes[] {
  const suffix = '/_action/feedback';
  const topics = [...endpointsOf(core, 'publisher'), ...endpointsOf(core, 'subscription')];
  return namesAndTypes(
    topics
      .filter(({ name }) => name.endsWith(suffix))
      .map((endpoint) => ({
        ...endpoint,
        name: endpoint.name.slice(0, -suffix.length),
        type: endpoint.type.replace(/_FeedbackMessage$/, ''),
      })),
  );
}
