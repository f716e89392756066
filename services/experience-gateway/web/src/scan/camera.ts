// SPDX-License-Identifier: Apache-2.0
// The phone's camera: rear one first, torch and zoom where the track has them.

export type CameraFailure = 'insecure' | 'denied' | 'missing' | 'busy' | 'failed';

export class CameraError extends Error {
  constructor(readonly failure: CameraFailure) {
    super(failure);
    this.name = 'CameraError';
  }
}

export interface Camera {
  stream: MediaStream;
  deviceId: string | null;
  hasTorch: boolean;
  zoom: { min: number; max: number; step: number; value: number } | null;
  setTorch(on: boolean): Promise<void>;
  setZoom(value: number): Promise<void>;
  stop(): void;
}

/** Members that browsers have and TypeScript's DOM library does not know yet. */
interface PhoneCapabilities extends MediaTrackCapabilities {
  torch?: boolean;
  zoom?: { min: number; max: number; step: number };
}
interface PhoneConstraints extends MediaTrackConstraintSet {
  torch?: boolean;
  zoom?: number;
}
interface PhoneSettings extends MediaTrackSettings {
  zoom?: number;
}

const kFailures: Record<string, CameraFailure> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

export async function openCamera(deviceId: string | null): Promise<Camera> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new CameraError('insecure');
  const which: MediaTrackConstraints =
    deviceId === null ? { facingMode: { ideal: 'environment' } } : { deviceId: { exact: deviceId } };
  try {
    const stream = await devices.getUserMedia({
      audio: false,
      video: { ...which, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    return cameraOf(stream);
  } catch (error) {
    throw new CameraError(error instanceof DOMException ? (kFailures[error.name] ?? 'failed') : 'failed');
  }
}

function cameraOf(stream: MediaStream): Camera {
  const track = stream.getVideoTracks()[0];
  if (track === undefined) throw new CameraError('missing');
  const can: PhoneCapabilities = typeof track.getCapabilities === 'function' ? track.getCapabilities() : {};
  const now: PhoneSettings = track.getSettings();
  const apply = async (set: PhoneConstraints): Promise<void> => {
    await track.applyConstraints({ advanced: [set] });
  };
  return {
    stream,
    deviceId: now.deviceId ?? null,
    hasTorch: can.torch === true,
    zoom: can.zoom === undefined || can.zoom.max <= can.zoom.min ? null : { ...can.zoom, value: now.zoom ?? can.zoom.min },
    setTorch: (on) => apply({ torch: on }),
    setZoom: (value) => apply({ zoom: value }),
    stop: () => stream.getTracks().forEach((each) => each.stop()),
  };
}

/** Known once a camera was allowed; before that browsers hide the names. */
export async function listCameras(): Promise<{ id: string; title: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === 'videoinput')
    .map((device, index) => ({ id: device.deviceId, title: device.label || `Camera ${index + 1}` }));
}
