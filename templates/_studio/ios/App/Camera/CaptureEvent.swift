import AVFoundation
import Foundation

extension CaptureEvent {
    static func stream(of session: AVCaptureSession) -> AsyncStream<CaptureEvent> {
        let names = [
            AVCaptureSession.wasInterruptedNotification, AVCaptureSession.interruptionEndedNotification,
            AVCaptureSession.runtimeErrorNotification,
        ]
        return NotificationStream.make(of: names, object: session, value: CaptureEvent.init(notification:))
    }

    /// Nil for what needs no word: in the background nobody sees the camera.
    private init?(notification: Notification) {
        switch notification.name {
        case AVCaptureSession.wasInterruptedNotification:
            let number = notification.userInfo?[AVCaptureSessionInterruptionReasonKey] as? Int
            guard let interruption = CameraSituation.Interruption(reason: number) else { return nil }
            self = .interrupted(interruption)
        case AVCaptureSession.interruptionEndedNotification:
            self = .resumed
        case AVCaptureSession.runtimeErrorNotification:
            let error = notification.userInfo?[AVCaptureSessionErrorKey] as? AVError
            self = error?.code == .mediaServicesWereReset ? .mustRestart : .failed
        default:
            return nil
        }
    }
}

extension CameraSituation.Interruption {
    /// InterruptionReason.sensitiveContentMitigationActivated, which the SDKs name from iOS 26 on.
    private static let sensitiveContentMitigationActivated = 6

    fileprivate init?(reason number: Int?) {
        typealias Reason = AVCaptureSession.InterruptionReason
        switch number {
        case Reason.videoDeviceNotAvailableInBackground.rawValue: return nil
        case Reason.videoDeviceInUseByAnotherClient.rawValue: self = .usedElsewhere
        case Reason.videoDeviceNotAvailableWithMultipleForegroundApps.rawValue: self = .splitView
        case Reason.videoDeviceNotAvailableDueToSystemPressure.rawValue: self = .systemPressure
        case Self.sensitiveContentMitigationActivated: self = .sensitiveContent
        default: self = .other
        }
    }
}

extension CameraFocus.Change {
    /// Of any camera, on whatever thread the system tells it.
    static func stream() -> AsyncStream<CameraFocus.Change> {
        NotificationStream.make(of: [AVCaptureDevice.subjectAreaDidChangeNotification]) { notification in
            (notification.object as? AVCaptureDevice).map {
                CameraFocus.Change(deviceID: $0.uniqueID, time: CACurrentMediaTime())
            }
        }
    }
}
