/** Whether a name says that the file is an image that `decodeImage` reads. */
export const hasImageExtension = (name: string): boolean =>
  /\.(jpe?g|png|webp|bmp|gif|tiff?)$/i.test(name) && !/(^|\/)\._?/.test(name);
