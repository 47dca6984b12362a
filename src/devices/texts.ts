/** What the page says. Every text can be replaced. */
export interface DeviceTexts {
  /** The language of the texts and of the dates: `'en'`. */
  readonly language: string;
  readonly title: string;
  readonly thisDevice: string;
  /** The word between browser and system: `Firefox on Linux`. */
  readonly on: string;
  readonly unknownDevice: string;
  readonly lastUsed: string;
  readonly loggedIn: string;
  readonly from: string;
  readonly end: string;
  readonly endThis: string;
  readonly endOthers: string;
  readonly noOthers: string;
  readonly signedOut: string;
}

export const ENGLISH: DeviceTexts = {
  language: 'en',
  title: 'Your devices',
  thisDevice: 'This device',
  on: 'on',
  unknownDevice: 'Unknown device',
  lastUsed: 'Last used',
  loggedIn: 'Logged in',
  from: 'Address',
  end: 'Log out',
  endThis: 'Log out here',
  endOthers: 'Log out all other devices',
  noOthers: 'You are logged in on no other device.',
  signedOut: 'Log in to see your devices.',
};
