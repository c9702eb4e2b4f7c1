using EventSegmentation.Ingestion;

const int wrongSettings = 2;

try
{
    await using var app = IngestionHost.Build(args);
    await app.RunAsync();
    return 0;
}
catch (WrongSettingException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return wrongSettings;
}
