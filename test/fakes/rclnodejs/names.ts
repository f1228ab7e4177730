/** The absolute name: `~` is the node, relative names go below its namespace. @throws Error for names ROS refuses */
export function expandName(name: string, nodeName: string, namespace: string): string {
  const substituted = name
    .replaceAll('{node}', nodeName)
    .replaceAll('{ns}', namespace)
    .replaceAll('{namespace}', namespace);
  const base = namespace === '/' ? '' : namespace;
  const full = substituted.startsWith('/')
    ? substituted
    : substituted === '~' || substituted.startsWith('~/')
      ? `${base}/${nodeName}${substituted.slice(1)}`
      : `${base}/${substituted}`;
  if (!/^(\/[A-Za-z_][A-Za-z0-9_]*)+$/.test(full)) throw new Error(`Invalid topic name: ${name}`);
  return full;
}

export function checkedNodeName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`Invalid node name: ${name}`);
  return name;
}

export function checkedNamespace(namespace: string): string {
  if (namespace === '' || namespace === '/') return '/';
  const absolute = namespace.startsWith('/') ? namespace : `/${namespace}`;
  if (!/^(\/[A-Za-z_][A-Za-z0-9_]*)+$/.test(absolute)) throw new Error(`Invalid namespace: ${namespace}`);
  return absolute;
}

export function fullyQualifiedName(name: string, namespace: string): string {
  return namespace === '/' ? `/${name}` : `${namespace}/${name}`;
}
