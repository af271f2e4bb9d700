import SwiftUI
import UIKit

struct NoticePanel: View {
    let notice: Notice
    let model: AppModel

    @Environment(\.openURL) private var openURL

    var body: some View {
        // With large letters a long text is higher than a phone that lies.
        ViewThatFits(in: .vertical) {
            panel
            ScrollView { panel }
        }
        .onChange(of: notice, initial: true) {
            UIAccessibility.post(notification: .announcement, argument: text)
        }
    }

    private var panel: some View {
        VStack(spacing: 12) {
            if notice == .welcome {
                Image(systemName: "camera.viewfinder")
                    .font(.title3)
                    .accessibilityHidden(true)
                Text(verbatim: ModelInfo.appName)
                    .font(.headline)
            }
            Text(verbatim: text)
                .multilineTextAlignment(.center)
            if let remedy = notice.remedy {
                Button(title(of: remedy)) { follow(remedy) }
                    .buttonStyle(.borderedProminent)
            }
        }
        .padding()
        .background(.regularMaterial, in: .rect(cornerRadius: 12))
        .padding()
    }

    private var text: String {
        if case .modelFailed(let words) = notice { return words }
        if notice == .welcome { return WelcomeWords.text(names: model.models.live.classNames) }
        return notice.textKey.map { String(localized: String.LocalizationValue($0)) } ?? ""
    }

    private func title(of remedy: Notice.Remedy) -> LocalizedStringKey {
        switch remedy {
        case .askForCamera: "go_on"
        case .openSettings: "open_settings"
        case .startCamera, .loadModel: "try_again"
        case .closePhoto: "back_to_camera"
        case .showSample: "show_sample"
        }
    }

    private func follow(_ remedy: Notice.Remedy) {
        switch remedy {
        case .askForCamera: model.camera.goOn()
        case .openSettings:
            if let url = URL(string: UIApplication.openSettingsURLString) { openURL(url) }
        case .startCamera: model.camera.tryAgain()
        case .loadModel: Task { await model.load() }
        case .closePhoto: model.photos.close()
        case .showSample: model.showSample()
        }
    }
}
