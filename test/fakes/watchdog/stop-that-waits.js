export const connect = () => new Promise(() => setInterval(() => {}, 1000));
export const stop = () => {};
