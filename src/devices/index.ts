export type { UserAgentParser } from '../pages/device-name.js';
export type { PageListener, PageRequest } from '../pages/listener.js';
export {
  type Device,
  type DeviceSessions,
  type Devices,
  type DevicesOptions,
  devicesOf,
  type OwnSession,
} from './devices.js';
export { createDevicePage, type DevicePage, type DevicePageOptions } from './page.js';
export type { DeviceTexts } from './texts.js';
