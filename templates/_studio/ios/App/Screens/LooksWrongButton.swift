import SwiftUI

struct LooksWrongButton: View {
    let model: AppModel
    let sharing: Sharing

    var body: some View {
        IconButton(titleKey: "looks_wrong", image: "exclamationmark.bubble") {
            Task { await sharing.makeCapture() }
        }
        .disabled(!model.results.hasResult || model.state.isBusy)
    }
}
