import AVFoundation
import Foundation

/// Notifications as a stream of values. The observers live as long as the app.
enum NotificationStream {
    static func observe<Value: Sendable>(
        _ names: [Notification.Name], of object: AnyObject? = nil, for stream: AsyncStream<Value>.Continuation,
        value: @escaping @Sendable (Notification) -> Value?
    ) {
        for name in names {
            _ = NotificationCenter.default.addObserver(forName: name, object: object, queue: nil) { notification in
                if let value = value(notification) { stream.yield(value) }
            }
        }
    }
}

extension CaptureEvent {
    static let names = [
        AVCaptureSession.wasInterruptedNotification, AVCaptureSession.interruptionEndedNotification,
        AVCaptureSession.runtimeErrorNotification,
    ]

    /// Nil for an interruption in the background, where no one sees the camera.
    init?(notification: Notification) {
        switch notification.name {
        case AVCaptureSession.wasInterruptedNotification:
            let number = notification.userInfo?[AVCaptureSessionInterruptionReasonKey] as? Int
            guard let interruption = CameraInterruption(reason: number) else { return nil }
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

extension CameraInterruption {
    /// InterruptionReason.sensitiveContentMitigationActivated of iOS 26.
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

extension Heat {
    static var current: Heat { Heat(ProcessInfo.processInfo.thermalState) }

    private init(_ state: ProcessInfo.ThermalState) {
        switch state {
        case .nominal: self = .nominal
        case .fair: self = .fair
        case .serious: self = .serious
        case .critical: self = .critical
        @unknown default: self = .critical
        }
    }
}
