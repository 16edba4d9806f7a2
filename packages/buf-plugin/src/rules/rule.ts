import type { Settings } from "../check/settings.ts";
import type { Finding, Image } from "../image/image.ts";

/** What a rule finds in the files of an image that are no imports. Its name and purpose are in check/catalogue.ts. */
export type Rule = (image: Image, settings: Settings) => Iterable<Finding>;
