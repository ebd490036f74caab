using System.CommandLine;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Cli.Builds;

/// <summary>The options that name a source: <c>--source</c>, <c>--ref</c>, <c>--subdirectory</c>.</summary>
internal sealed class SourceOptions
{
    private readonly Option<string?> _source = new("--source") { HelpName = "URL", Description = "The git repository, or an archive (tar, tar.gz); for an image also an artifact that is in the log, such as org.acme:app:1.0 or generic:words:1.0." };
    private readonly Option<string?> _reference = new("--ref") { HelpName = "REF", Description = "The commit; a tag or branch is looked up in the repository now, with git. Of an archive its SHA-256, 64 hexadecimal digits; of an artifact that of its main file." };
    private readonly Option<string?> _subdirectory = new("--subdirectory") { HelpName = "DIR", Description = "The folder of the source that is built." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _source, _reference, _subdirectory }) command.Options.Add(option);
    }

    public bool IsGiven(ParseResult result) => new Option[] { _source, _reference, _subdirectory }.Any(option => result.GetResult(option) is not null);

    /// <summary>The source; null when none is named.</summary>
    /// <exception cref="CliException">A part is missing, or the reference leads to no commit.</exception>
    public async Task<NamedSource?> ReadAsync(CliContext context, ParseResult result, CancellationToken cancellationToken)
    {
        var (url, name, subdirectory) = (result.GetValue(_source), result.GetValue(_reference), result.GetValue(_subdirectory));
        if (url is null) return name is null && subdirectory is null ? null : throw CliException.Usage("--ref and --subdirectory say nothing without --source.", "Name the git repository or archive with --source URL.");
        if (PackageNames.Parse(url) is { } coordinate && BuildSource.IsArtifact(coordinate)) return new NamedSource(coordinate, name, null, subdirectory);
        if (name is null) throw CliException.Usage("--source needs --ref.", "Give a commit, a tag or branch that leads to it, or an archive's SHA-256.");
        var reference = await GitReference.ResolveAsync(url, name, context.Time, cancellationToken);
        if (reference.Commit != name) context.Warn($"{name} is {reference.Commit} now.");
        return new NamedSource(url, reference.Commit, reference.Tag, subdirectory);
    }
}

/// <summary>A source that somebody named.</summary>
/// <param name="Url">The git repository or archive; of an artifact its coordinate.</param>
/// <param name="Commit">40 hexadecimal digits; of an archive the 64 of its SHA-256. Null for what the log says of an artifact.</param>
/// <param name="Tag">The tag that leads to it, where one was named.</param>
/// <param name="Subdirectory">The folder that is built; null for the root.</param>
internal sealed record NamedSource(string Url, string? Commit, string? Tag, string? Subdirectory);
