namespace Pyrsia.Builds.Sources;

/// <summary>What is run in the sandbox to get a commit: fixed, with address, commit and tag as arguments that no shell reads as anything else.</summary>
internal static class GitScript
{
    internal const int CommitNotFound = 40;
    internal const int TagMoved = 41;
    internal const int HasSubmodules = 42;
    internal const int Unreachable = 43;

    /// <summary>The virtual file in the archive that holds the commit's time.</summary>
    internal const string TimeFile = "commit-time";

    /// <summary>The folder in the archive below which the tree stands.</summary>
    internal const string TreeFolder = "tree";

    // A commit by its id first: most servers give it with nothing else. Then all branches and tags, for those that don't. A tag's object is fetched by itself.
    // Modes: tar.umask, because what git archives by default (0002) leaks into jars.
    private static readonly string Script =
        $$"""
        set -eu
        url=$1 commit=$2 tag=$3 proxy=$4 convert=$6
        export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false GIT_ALLOW_PROTOCOL="$5"
        git init -q repository
        cd repository
        git config http.proxy "$proxy"
        git config credential.helper ""
        git config core.hooksPath /dev/null
        git config transfer.fsckObjects true
        git config tar.umask 0022
        git config core.autocrlf "$convert"
        git config core.eol lf
        if ! git fetch -q --depth 1 --no-tags -- "$url" "$commit" >&2; then
            git fetch -q --no-tags -- "$url" "+refs/heads/*:refs/remotes/origin/*" "+refs/tags/*:refs/tags/*" >&2 || exit {{Unreachable}}
        fi
        git cat-file -e "$commit^{commit}" 2>/dev/null || exit {{CommitNotFound}}
        if [ -n "$tag" ]; then
            git fetch -q --no-tags -- "$url" "+refs/tags/$tag:refs/tags/$tag" >&2 || exit {{TagMoved}}
            [ "$(git rev-parse --verify -q "refs/tags/$tag^{commit}")" = "$commit" ] || exit {{TagMoved}}
        fi
        [ -z "$(git ls-tree -r "$commit" | awk '$2 == "commit" { print; exit }')" ] || exit {{HasSubmodules}}
        exec git archive --format=tar --add-virtual-file="{{TimeFile}}:$(git log -1 --format=%ct "$commit")" --prefix={{TreeFolder}}/ "$commit"
        """;

    /// <summary>The command line.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="commit">40 hexadecimal digits.</param>
    /// <param name="tag">A tag that must lead to the commit; null for none.</param>
    /// <param name="newline">The line ends of text: <c>lf</c> or <c>crlf</c>. What the tree's own attributes say of a file comes first.</param>
    /// <param name="proxy">The way out.</param>
    /// <param name="anyProtocol">Whether plain http is taken, as in test networks.</param>
    internal static string[] Command(string url, string commit, string? tag, string newline, string proxy, bool anyProtocol) =>
        ["/bin/sh", "-c", Script, "git", url, commit, tag ?? "", proxy, anyProtocol ? "https:http" : "https", newline == "crlf" ? "true" : "false"];
}
