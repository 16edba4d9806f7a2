import { Session } from "node:inspector";

/** A connection to the inspector of this thread. It opens no port. */
export interface InspectorSession {
  post<T>(method: string, params?: object): Promise<T>;
  close(): void;
}

/** Opens a session. Other sessions, a debugger's included, go on undisturbed. */
export function openSession(): InspectorSession {
  const session = new Session();
  session.connect();
  return {
    post: <T>(method: string, params?: object) =>
      new Promise<T>((resolve, reject) => {
        session.post(method, params, (error, result) => {
          if (error === null) {
            resolve(result as T);
          } else {
            reject(error);
          }
        });
      }),
    close: () => session.disconnect(),
  };
}
