using System.Text.RegularExpressions;
using Pyrsia.Contracts;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A small Java project, built by the real <c>mvn</c> from a repository that a test names.</summary>
public sealed partial class MavenProject
{
    /// <summary>What the program prints, by means of its libraries.</summary>
    public const string Greeting = "{\"hello\":\"Pyrsia\"}";

    private readonly string _directory;

    /// <summary>Writes the project.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="source">The source of its one class, <c>App</c>.</param>
    /// <param name="dependencies">What it depends on, as <c>G:A:V</c>; a version may be a range.</param>
    public MavenProject(string directory, string source, params string[] dependencies)
    {
        _directory = directory;
        Directory.CreateDirectory(Path.Combine(directory, "src/main/java"));
        File.WriteAllText(Path.Combine(directory, "src/main/java/App.java"), source);
        DependOn(dependencies);
    }

    /// <summary>The class that uses the libraries of <see cref="Libraries"/>.</summary>
    public static string AppSource => """
        import com.google.gson.JsonObject;
        import org.apache.commons.lang3.StringUtils;
        public class App {
            public static void main(String[] args) {
                JsonObject greeting = new JsonObject();
                greeting.addProperty("hello", StringUtils.capitalize("pyrsia"));
                System.out.println(greeting);
            }
        }
        """;

    /// <summary>The libraries that <see cref="AppSource"/> needs: one by version, one by range.</summary>
    public static string[] Libraries { get; } = ["com.google.code.gson:gson:2.10", "org.apache.commons:commons-lang3:[3.12,3.13)"];

    /// <summary>Writes what the project depends on.</summary>
    public void DependOn(params string[] dependencies)
    {
        var items = dependencies.Select(gav => gav.Split(':')).Select(parts => $"<dependency><groupId>{parts[0]}</groupId><artifactId>{parts[1]}</artifactId><version>{parts[2]}</version></dependency>");
        File.WriteAllText(Path.Combine(_directory, "pom.xml"), $"""
            <project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
            <groupId>org.pyrsia.test</groupId><artifactId>app</artifactId><version>1.0</version>
            <properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
            <repositories><repository><id>all</id><url>http://repository.invalid/</url><snapshots><enabled>true</enabled></snapshots></repository></repositories>
            <dependencies>{string.Concat(items)}</dependencies></project>
            """);
    }

    /// <summary>Runs <c>mvn</c>.</summary>
    /// <param name="repository">Where it takes everything from.</param>
    /// <param name="local">Its local repository.</param>
    /// <param name="arguments">Goals and options.</param>
    public Task<CommandResult> RunAsync(Uri repository, string local, params string[] arguments)
    {
        var settings = Path.Combine(_directory, "settings.xml");
        File.WriteAllText(settings, $"<settings><mirrors><mirror><id>test</id><mirrorOf>*</mirrorOf><url>{repository}</url></mirror></mirrors></settings>");
        return Command.RunAsync("mvn", ["-B", "--no-transfer-progress", "-s", settings, $"-Dmaven.repo.local={local}", "-f", Path.Combine(_directory, "pom.xml"), .. arguments]);
    }

    /// <summary>Runs the program that was built, with the jars of a local repository.</summary>
    public Task<CommandResult> JavaAsync(string local) =>
        Command.RunAsync("java", ["-cp", string.Join(':', Directory.GetFiles(local, "*.jar", SearchOption.AllDirectories).Where(jar => Library().IsMatch(jar)).Prepend(Path.Combine(_directory, "target/classes"))), "App"]);

    /// <summary>The file of a local repository at a path of the layout.</summary>
    public static string FileOf(string local, string gav, string variant) => Path.Combine(local, MavenFilePath.Of(MavenCoordinates.Parse(gav), variant).Target);

    [GeneratedRegex("/(gson|commons-lang3)-[0-9.]+jar$")]
    private static partial Regex Library();
}
