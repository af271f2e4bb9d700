import Foundation
import UIKit

/// The phone that the app runs on.
struct LiveDevice: Device {
    var cameras: [CameraPosition] { CameraPosition.available }
    var permission: CameraStatus.Permission { CameraPermission.current }
    var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }
    var now: Double { CACurrentMediaTime() }
    var isVoiceOverRunning: Bool { UIAccessibility.isVoiceOverRunning }

    func askPermission() async -> CameraStatus.Permission {
        await CameraPermission.ask()
    }

    func conditions() -> AsyncStream<DeviceCondition> {
        let names = [ProcessInfo.thermalStateDidChangeNotification, .NSProcessInfoPowerStateDidChange]
        let (conditions, condition) = AsyncStream.makeStream(of: DeviceCondition.self)
        condition.yield(.current)  // the system reports changes only after the state was read once
        NotificationStream.observe(names, for: condition) { _ in .current }
        return conditions
    }

    func announce(_ words: String) {
        let polite = NSAttributedString(
            string: words, attributes: [.accessibilitySpeechAnnouncementPriority: UIAccessibilityPriority.low])
        UIAccessibility.post(notification: .announcement, argument: polite)
    }

    var about: [String] {
        let info = Bundle.main.infoDictionary
        let version = info?["CFBundleShortVersionString"] as? String ?? "?"
        let exporter = ModelInfo.exporterVersion
        return [
            "app: \(ModelInfo.appName) \(version), made by edgegen \(ModelInfo.edgegenVersion)",
            "model: \(ModelInfo.modelName), \(ModelInfo.task), \(ModelInfo.precision), "
                + "\(ModelInfo.inputWidth) x \(ModelInfo.inputHeight), \(ModelInfo.classNames.count) classes",
            "sha256: \(ModelInfo.modelSHA256)",
            "license: \(ModelInfo.license)",
            "backends: \(ModelInfo.backends.joined(separator: ", "))",
            "ExecuTorch: \(ModelInfo.runtimeVersion); exported with \(exporter.isEmpty ? "an unknown release" : exporter)",
            "device: \(LiveDevice.name), \(coreCount) cores",
        ]
    }

    /// The kind of device and its system, such as "iPhone15,2, iOS 18.2".
    nonisolated static var name: String {
        var info = utsname()
        uname(&info)
        let machine = withUnsafeBytes(of: &info.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return "\(machine), iOS \(ProcessInfo.processInfo.operatingSystemVersionString)"
    }
}

extension DeviceCondition {
    fileprivate static var current: DeviceCondition {
        DeviceCondition(heat: .current, isSavingPower: ProcessInfo.processInfo.isLowPowerModeEnabled)
    }
}
