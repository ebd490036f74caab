namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A small Java project, built by Debian's <c>gradle</c> from a repository that a test names.</summary>
public sealed class GradleProject
{
    /// <summary>For so short a run the second compiler only costs; told to both, client and build share one process.</summary>
    private const string JavaOptions = "-XX:TieredStopAtLevel=1";

    private readonly string _directory;
    private readonly string[] _dependencies;

    /// <summary>Writes the project.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="source">The source of its one class, <c>App</c>.</param>
    /// <param name="dependencies">What it depends on, as <c>G:A:V</c>; a version may be dynamic, such as <c>3.+</c>.</param>
    public GradleProject(string directory, string source, params string[] dependencies)
    {
        (_directory, _dependencies) = (directory, dependencies);
        Directory.CreateDirectory(Path.Combine(directory, "src/main/java"));
        File.WriteAllText(Path.Combine(directory, "src/main/java/App.java"), source);
        File.WriteAllText(Path.Combine(directory, "settings.gradle"), "rootProject.name = 'app'\n");
        File.WriteAllText(Path.Combine(directory, "gradle.properties"), $"org.gradle.jvmargs={JavaOptions}\n");
    }

    /// <summary>Runs <c>gradle</c>, without a process that stays.</summary>
    /// <param name="repository">Where it takes everything from.</param>
    /// <param name="home">Where it keeps what it took.</param>
    /// <param name="arguments">Tasks and options.</param>
    public Task<CommandResult> RunAsync(Uri repository, string home, params string[] arguments)
    {
        File.WriteAllText(Path.Combine(_directory, "build.gradle"), $$"""
            apply plugin: 'java'
            repositories { maven { url '{{repository}}' } }
            dependencies {
            {{string.Concat(_dependencies.Select(gav => $"    compile '{gav}'\n"))}}}
            """);
        return Command.RunAsync("gradle", ["--no-daemon", "--console", "plain", "-g", home, "-p", _directory, .. arguments], new Dictionary<string, string> { ["GRADLE_OPTS"] = JavaOptions });
    }

    /// <summary>What it took of a group, by the end of the name.</summary>
    public static string[] Files(string home, string group, string ending) =>
        [.. Directory.GetDirectories(home, group, SearchOption.AllDirectories).SelectMany(folder => Directory.GetFiles(folder, "*" + ending, SearchOption.AllDirectories))];
}
