namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>Small Maven projects of the test's own. Every plug-in has its version: a build that asks for indexes is refused.</summary>
public static class SampleProjects
{
    private const string Plugins =
        """
        <plugin><artifactId>maven-clean-plugin</artifactId><version>3.2.0</version></plugin>
        <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.0</version></plugin>
        <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.10.1</version></plugin>
        <plugin><artifactId>maven-surefire-plugin</artifactId><version>2.22.3</version></plugin>
        <plugin><artifactId>maven-jar-plugin</artifactId><version>3.3.0</version></plugin>
        <plugin><artifactId>maven-install-plugin</artifactId><version>3.1.0</version></plugin>
        <plugin><artifactId>maven-deploy-plugin</artifactId><version>3.0.0</version></plugin>
        """;

    /// <summary>A library with one dependency and a JUnit test.</summary>
    public static Dictionary<string, string> Library(string version = "1.0") => new(StringComparer.Ordinal)
    {
        ["pom.xml"] = Pom("lib", version, "<dependency><groupId>org.apache.commons</groupId><artifactId>commons-lang3</artifactId><version>3.12.0</version></dependency>" + JUnit),
        ["src/main/java/org/acme/Lib.java"] =
            """
            package org.acme;
            public final class Lib {
                private Lib() { }
                /** Says a word backwards. */
                public static String backwards(String word) { return org.apache.commons.lang3.StringUtils.reverse(word); }
            }
            """,
        ["src/main/resources/word.txt"] = "pyrsia\n",
        ["src/test/java/org/acme/LibTest.java"] =
            """
            package org.acme;
            public class LibTest {
                @org.junit.Test public void saysItBackwards() { org.junit.Assert.assertEquals("aisryp", Lib.backwards("pyrsia")); }
            }
            """,
    };

    /// <summary>A parent with two modules, the second of which uses the first.</summary>
    public static Dictionary<string, string> TwoModules() => new(StringComparer.Ordinal)
    {
        ["pom.xml"] = Pom("parent", "1.0", "", "pom", "<modules><module>one</module><module>two</module></modules>"),
        ["one/pom.xml"] = Module("one", ""),
        ["one/src/main/java/org/acme/One.java"] = "package org.acme; public final class One { public static int one() { return 1; } }",
        ["two/pom.xml"] = Module("two", "<dependencies><dependency><groupId>org.acme</groupId><artifactId>one</artifactId><version>1.0</version></dependency></dependencies>"),
        ["two/src/main/java/org/acme/Two.java"] = "package org.acme; public final class Two { public static int two() { return One.one() + 1; } }",
    };

    /// <summary>A program that uses the library.</summary>
    public static Dictionary<string, string> Application() => new(StringComparer.Ordinal)
    {
        ["pom.xml"] = Pom("app", "1.0", "<dependency><groupId>org.acme</groupId><artifactId>lib</artifactId><version>1.0</version></dependency>"),
        ["src/main/java/org/acme/App.java"] = "package org.acme; public final class App { public static void main(String[] words) { System.out.println(Lib.backwards(\"aisryp\")); } }",
    };

    /// <summary>A library whose jar holds a random number, so that no two builds of it agree.</summary>
    public static Dictionary<string, string> Random(string version = "1.0")
    {
        var files = Library(version);
        files["pom.xml"] = files["pom.xml"].Replace(
            "<plugins>",
            "<resources><resource><directory>src/main/resources</directory></resource><resource><directory>/proc/sys/kernel/random</directory><includes><include>uuid</include></includes></resource></resources><plugins>",
            StringComparison.Ordinal);
        return files;
    }

    /// <summary>An image that says one sentence when it is run.</summary>
    public static Dictionary<string, string> Server() => new(StringComparer.Ordinal)
    {
        ["Dockerfile"] = "FROM base:1 AS build\nCOPY text /src/text\nRUN cat /src/text > /out\n\nFROM base:1\nCOPY --from=build /out /srv/text\nRUN rm -r /usr/share/doc && echo app:x:1000:1000::/:/bin/sh >> /etc/passwd\nUSER 1000\nCMD [\"cat\", \"/srv/text\"]\n",
        ["Bare"] = "FROM base:1 AS build\nCOPY text /text\nRUN mkdir -p /root-of/bin && ln /bin/busybox /root-of/bin/cat && cat /text > /root-of/text && echo from nothing >> /root-of/text\n\nFROM scratch\nCOPY --from=build /root-of /\nCMD [\"/bin/cat\", \"/text\"]\n",
        ["text"] = "served from source\n",
    };

    private const string JUnit = "<dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version><scope>test</scope></dependency>";

    private static string Pom(string artifact, string version, string dependencies, string packaging = "jar", string more = "") =>
        $"""
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>org.acme</groupId><artifactId>{artifact}</artifactId><version>{version}</version><packaging>{packaging}</packaging>
          <properties>
            <maven.compiler.release>17</maven.compiler.release>
            <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
          </properties>
          {more}
          <dependencies>{dependencies}</dependencies>
          <build><plugins>{Plugins}</plugins></build>
        </project>
        """;

    private static string Module(string artifact, string more) =>
        $"""
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>1.0</version></parent>
          <artifactId>{artifact}</artifactId>
          {more}
        </project>
        """;
}
