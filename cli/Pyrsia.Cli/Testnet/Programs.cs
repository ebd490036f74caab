namespace Pyrsia.Cli.Testnet;

/// <summary>Finds the programs of node and authority.</summary>
/// <param name="Node">Path of <c>pyrsia-node</c>.</param>
/// <param name="Authority">Path of <c>pyrsia-authority</c>.</param>
internal sealed record Programs(string Node, string Authority)
{
    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>Looks beside this program, then where a build of the source tree puts them.</summary>
    /// <exception cref="CliException">One is in neither place.</exception>
    public static Programs Find(string programDirectory) => new(
        Find(programDirectory, "pyrsia-node", "Pyrsia.Node"),
        Find(programDirectory, "pyrsia-authority", "Pyrsia.Authority"));

    private static string Find(string directory, string program, string project)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(directory));
        string[] places = [Path.Combine(directory, program + Suffix), Path.GetFullPath(Path.Combine(directory, "..", "..", project, configuration, program + Suffix))];
        return places.FirstOrDefault(File.Exists)
            ?? throw new CliException($"{program} is not in {directory}.", "program-missing", "Install pyrsia, pyrsia-node and pyrsia-authority in one directory; ./eng/publish.sh DIR leaves them so.", ExitCode.Failed);
    }
}
