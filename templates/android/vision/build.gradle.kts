import org.gradle.api.tasks.testing.logging.TestExceptionFormat
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    alias(libs.plugins.kotlin.jvm)
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
        // Only what Java 8 had: of java.*, Android 8 (minSdk) has little more, and no compiler would notice here.
        // For example, ByteBuffer.position(int) of Java 9 returns another type: to Android it is another method.
        freeCompilerArgs.add("-Xjdk-release=1.8")
    }
}

dependencies {
    testImplementation(libs.junit)
}

tasks.test {
    testLogging {
        exceptionFormat = TestExceptionFormat.FULL // with the message of the assertion
    }
}
