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
        return notice.textKey.map { String(localized: String.LocalizationValue($0)) } ?? ""
    }

    private func title(of remedy: Notice.Remedy) -> LocalizedStringKey {
        switch remedy {
        case .openSettings: "open_settings"
        case .startCamera, .loadModel: "try_again"
        case .closePhoto: "back_to_camera"
        }
    }

    private func follow(_ remedy: Notice.Remedy) {
        switch remedy {
        case .openSettings:
            if let url = URL(string: UIApplication.openSettingsURLString) { openURL(url) }
        case .startCamera: model.camera.tryAgain()
        case .loadModel: Task { await model.load() }
        case .closePhoto: model.photos.close()
        }
    }
}
