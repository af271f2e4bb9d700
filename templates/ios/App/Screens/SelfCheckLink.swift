import SwiftUI

struct SelfCheckLink: View {
    let model: AppModel

    var body: some View {
        NavigationLink {
            SelfCheckScreen(app: model)
        } label: {
            Label("self_check", systemImage: "checkmark.seal")
        }
    }
}
