namespace Pyrsia.Tests.Repository;

/// <summary>The checkout that these tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] NotSource = ["artifacts", "bin", "obj", "node_modules", ".git", ".vs", ".vscode"];

    internal static string Root { get; } = FindRoot();

    /// <summary>Every file of the checkout that is kept, by path relative to its root with forward slashes.</summary>
    internal static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    internal static IEnumerable<string> Code => Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal));

    internal static IEnumerable<string> Projects => Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal));

    internal static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    internal static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>Fails with every finding, so that all can be mended at once.</summary>
    internal static void AssertNone(IEnumerable<string> findings)
    {
        var found = string.Join('\n', findings);
        Xunit.Assert.True(found.Length == 0, found);
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Pyrsia.NET.sln"))) return at.FullName;
        throw new DirectoryNotFoundException("The tests do not run from inside a checkout.");
    }

    private static IEnumerable<string> Walk(string directory)
    {
        foreach (var file in Directory.EnumerateFiles(directory)) if (Path.GetFileName(file) != ".git") yield return file;
        foreach (var child in Directory.EnumerateDirectories(directory))
        {
            if (NotSource.Contains(Path.GetFileName(child))) continue;
            foreach (var file in Walk(child)) yield return file;
        }
    }
}
