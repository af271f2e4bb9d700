// Which plugins there are, and their versions (gradle/libs.versions.toml). Kotlin for Android is built into the Android
// plugin: it takes the version from here.
plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.kotlin.jvm) apply false
}
