import Foundation
import UIKit

/// The phone that the app runs on.
struct ThisDevice: Device {
    var cameras: [CameraPosition] { CameraPosition.available }
    var permission: CameraSituation.Permission { CameraPermission.current }
    var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }
    var now: Double { CACurrentMediaTime() }
    var isVoiceOverRunning: Bool { UIAccessibility.isVoiceOverRunning }
    var about: [String] { About.lines() }

    func askPermission() async -> CameraSituation.Permission {
        await CameraPermission.ask()
    }

    func conditions() -> AsyncStream<DeviceCondition> {
        let names = [ProcessInfo.thermalStateDidChangeNotification, .NSProcessInfoPowerStateDidChange]
        // To be asked once: the system tells of changes only to who has done so.
        return NotificationStream.make(of: names, first: DeviceCondition.current) { _ in .current }
    }

    func say(_ words: String) {
        let polite = NSAttributedString(
            string: words, attributes: [.accessibilitySpeechAnnouncementPriority: UIAccessibilityPriority.low])
        UIAccessibility.post(notification: .announcement, argument: polite)
    }
}

extension DeviceCondition {
    fileprivate static var current: DeviceCondition {
        let info = ProcessInfo.processInfo
        return DeviceCondition(heat: Heat(info.thermalState), isSavingPower: info.isLowPowerModeEnabled)
    }
}

extension Heat {
    fileprivate init(_ state: ProcessInfo.ThermalState) {
        switch state {
        case .nominal: self = .nominal
        case .fair: self = .fair
        case .serious: self = .serious
        case .critical: self = .critical
        @unknown default: self = .critical
        }
    }
}
