/** Notifications of the system, and the sound. Browsers have notifications in secure contexts only. */
import type { Notifier } from '../model/ports.js';

const BEEP_HZ = 660;
const BEEP_S = 0.12;

export const notifier: Notifier = {
  get permission() {
    if (!isSecureContext) return 'insecure';
    return typeof Notification === 'undefined' ? 'unsupported' : Notification.permission;
  },
  async ask() {
    if (!isSecureContext || typeof Notification === 'undefined') return false;
    return (await Notification.requestPermission()) === 'granted';
  },
  notify(title, body, onClick) {
    try {
      // One a place: a newer one replaces the older one.
      const notification = new Notification(title, { body, tag: title });
      notification.onclick = () => {
        focus();
        notification.close();
        onClick();
      };
    } catch {
      // Android has them in service workers only.
    }
  },
  beep() {
    try {
      const context = new AudioContext();
      const tone = context.createOscillator();
      const volume = context.createGain();
      volume.gain.value = 0.05;
      tone.frequency.value = BEEP_HZ;
      tone.connect(volume).connect(context.destination);
      tone.onended = () => void context.close();
      tone.start();
      tone.stop(context.currentTime + BEEP_S);
    } catch {
      // No sound device.
    }
  },
};
