namespace Pyrsia.Cli;

/// <summary>A command ends without doing what was asked.</summary>
/// <param name="what">What went wrong, for a person.</param>
/// <param name="code">A stable word for programs.</param>
/// <param name="advice">What to do about it.</param>
/// <param name="exitCode">See <see cref="ExitCode"/>.</param>
/// <param name="inner">The cause.</param>
internal sealed class CliException(string what, string code, string advice, int exitCode, Exception? inner = null) : Exception(what, inner)
{
    public string Code { get; } = code;

    public string Advice { get; } = advice;

    public int ExitCode { get; } = exitCode;

    public static CliException Usage(string what, string advice) => new(what, "usage", advice, Cli.ExitCode.Usage);
}
