using System.ComponentModel;
using System.Diagnostics;
using Pyrsia.Cli.Output;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Cli.Builds;

/// <summary>What <c>--ref</c> means: a commit, the commit that a tag or branch of the repository leads to now, or an archive by its digest.</summary>
/// <param name="Commit">40 hexadecimal digits; of an archive the 64 of its SHA-256.</param>
/// <param name="Tag">The tag, where it was one.</param>
internal sealed record GitReference(string Commit, string? Tag)
{
    /// <summary>Longest name of a tag or branch, in characters.</summary>
    private const int MaxNameLength = 200;

    private static readonly string[] Wary = ["-c", "http.followRedirects=false", "-c", "credential.helper=", "-c", "core.askPass=/bin/false"];

    /// <summary>How long a repository may take to say what it has.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Most characters that a repository's answer about one name may have.</summary>
    private const int MaxAnswer = 64 << 10;

    /// <summary>Finds out; the repository is asked only for what is no commit.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="name">Commit, tag or branch.</param>
    /// <param name="time">Ends a wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="isTrusted">Whether a person named the repository: then git asks as this person would, with redirects and credentials.</param>
    /// <exception cref="CliException">The name means nothing there, or the repository cannot be asked.</exception>
    public static async Task<GitReference> ResolveAsync(string url, string name, TimeProvider time, CancellationToken cancellationToken, bool isTrusted = true)
    {
        if (!BuildSource.IsUrl(url)) throw CliException.Usage($"'{url}' is no address of a git repository.", "Write an https address without credentials, query and fragment.");
        if (IsCommit(name) || Digest.TryParse($"sha256:{name}", out _)) return new GitReference(name, null);
        if (!IsName(name)) throw CliException.Usage($"'{name}' is no commit, tag or branch.", "A commit has 40 lower-case hexadecimal digits, the SHA-256 of an archive 64.");
        return Pick(await AskAsync(url, name, time, isTrusted, cancellationToken), name)
            ?? throw new CliException($"{url} has no tag or branch '{name}'.", "commit-not-found", "Give a tag or branch that it has, or a commit of 40 hexadecimal digits.", ExitCode.NotFound);
    }

    /// <summary>Reads what <c>git ls-remote</c> printed. A tag wins over a branch of the same name; an annotated tag means the commit that it leads to.</summary>
    public static GitReference? Pick(string listing, string name)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in listing.Split('\n'))
            if (line.TrimEnd('\r').Split('\t') is [var commit, var reference] && IsCommit(commit)) found[reference] = commit;
        return found.GetValueOrDefault($"refs/tags/{name}^{{}}") is { } peeled ? new GitReference(peeled, name)
            : found.GetValueOrDefault($"refs/tags/{name}") is { } tagged ? new GitReference(tagged, name)
            : found.GetValueOrDefault($"refs/heads/{name}") is { } head ? new GitReference(head, null)
            : null;
    }

    private static bool IsCommit(string text) => text.Length == BuildSource.CommitLength && text.All(char.IsAsciiHexDigitLower);

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxNameLength && !text.StartsWith('-') && !text.Contains("..", StringComparison.Ordinal) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '+');

    private static async Task<string> AskAsync(string url, string name, TimeProvider time, bool isTrusted, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", [.. isTrusted ? [] : Wary, "ls-remote", "--", url, $"refs/tags/{name}", $"refs/tags/{name}^{{}}", $"refs/heads/{name}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["GIT_TERMINAL_PROMPT"] = "0", ["GIT_ALLOW_PROTOCOL"] = isTrusted ? "https:http:file" : "https:http" },
        };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new CliException($"git is not installed, so it cannot be found out what '{name}' is.", "no-git", "Give the commit itself with --ref, 40 hexadecimal digits.", ExitCode.Failed, e);
        }
        using var patience = new CancellationTokenSource(Patience, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            process.StandardInput.Close();
            var error = ReadAsync(process.StandardError, limit.Token);
            var output = await ReadAsync(process.StandardOutput, limit.Token) ?? throw Unavailable($"{url} answers with more than a name can mean.", null);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? output : throw Unavailable($"{url} cannot be asked: {Words.Printable((await error) ?? "").Trim()}", null);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            if (cancellationToken.IsCancellationRequested) throw;
            throw Unavailable($"{url} did not say within {Patience.TotalSeconds:0} seconds what it has.", e);
        }
    }

    /// <summary>Reads to the end; null when there is more than <see cref="MaxAnswer"/>.</summary>
    private static async Task<string?> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var buffer = new char[MaxAnswer + 1];
        var length = await reader.ReadBlockAsync(buffer, cancellationToken);
        return length > MaxAnswer ? null : new string(buffer, 0, length);
    }

    private static CliException Unavailable(string what, Exception? cause) => new(what, "source-unavailable", "Check the address, or give the commit itself with --ref.", ExitCode.Failed, cause);
}
