/** dcmjs ships no types. */
declare module "dcmjs";
