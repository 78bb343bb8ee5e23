extern "C" int somebody_elses_library();
extern "C" int somebody_elses_library() { return 1; }
